/** One request as a server reads it; apart from the code under test. */
export interface ReadRequest {
  /** server_name, or the value of Host. */
  readonly name: string;
  /** The ClientHello as a handshake message, or the head. */
  readonly message: Buffer;
}

/** The request that a stream begins with, once it is whole; `broken` for a stream that begins with none. */
export function readRequest(stream: Buffer): ReadRequest | 'partial' | 'broken' {
  if (stream.length === 0) return 'partial';
  return stream[0] === HANDSHAKE ? readHello(stream) : readHead(stream);
}

/** RFC 8446 §5.1: a handshake message may be spread over records. */
function readHello(stream: Buffer): ReadRequest | 'partial' | 'broken' {
  let message = Buffer.alloc(0);
  for (let at = 0; at + 5 <= stream.length; ) {
    if (stream[at] !== HANDSHAKE || stream[at + 1] !== 3) return 'broken';
    const end = at + 5 + stream.readUInt16BE(at + 3);
    if (end > stream.length) return 'partial';
    message = Buffer.concat([message, stream.subarray(at + 5, end)]);
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) {
      const name = message[0] === CLIENT_HELLO ? serverName(message) : undefined;
      return name === undefined ? 'broken' : { name, message };
    }
    at = end;
  }
  return 'partial';
}

/** RFC 8446 §4.1.2, RFC 6066 §3; undefined where lengths do not fit each other or there is no name. */
function serverName(message: Buffer): string | undefined {
  try {
    let at = 4 + 2 + 32;
    at += 1 + message.readUInt8(at);
    at += 2 + message.readUInt16BE(at);
    at += 1 + message.readUInt8(at);
    at += 2;
    while (at < message.length) {
      const end = at + 4 + message.readUInt16BE(at + 2);
      if (message.readUInt16BE(at) === 0) return message.toString('latin1', at + 9, end);
      at = end;
    }
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readHead(stream: Buffer): ReadRequest | 'partial' | 'broken' {
  const text = stream.toString('latin1');
  const isPossible = /^[A-Z]+( |$)/.test(text);
  if (!isPossible) return 'broken';
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return 'partial';
  const name = /^Host: *(\S+)/im.exec(text.slice(0, end))?.[1];
  return name === undefined ? 'broken' : { name, message: stream.subarray(0, end + 4) };
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
