/**
 * The place where these bytes spell a name, in whatever case; -1 if they do not. If there are several, a server goes by the Host
 * header, or by the server name of TLS, and so does this. If none is that, it is the first.
 */
export function findName(bytes: Uint8Array, name: string): number {
  const text = textOf(bytes);
  const places = findNames(bytes, name);
  return places.find((at) => isHostOrServerName(text, at, name.length)) ?? places[0] ?? -1;
}

/** Inside the name that counts, for a strategy that cuts once; in the middle of the bytes if no name is there. */
export function middleOfName(bytes: Uint8Array, name: string): number {
  const at = findName(bytes, name);
  return at < 0 ? Math.floor(bytes.length / 2) : at + Math.floor(name.length / 2);
}

/** Inside each name, for a strategy that may cut more than once; otherwise the same. */
export function middlesOfName(bytes: Uint8Array, name: string): number[] {
  const places = findNames(bytes, name);
  if (places.length === 0) return [middleOfName(bytes, name)];
  return places.map((at) => at + Math.floor(name.length / 2));
}

/** Another name, as long, which nobody asks for but decoys: `blocked.test` becomes `nnnnnnn.test`, and `n.test` becomes `x.test`. */
export function decoyNameFor(name: string): string {
  const decoys = [withLetters(name, 'n'), withLetters(name, 'x'), 'x'.repeat(name.length)];
  return decoys.find((one) => one.toLowerCase() !== name.toLowerCase()) ?? name;
}

/**
 * The same request for another name, byte for byte as long. In the head of an HTTP request, only the target and the values of fields
 * change, so that the decoy is HTTP whatever the name. Elsewhere, as in a ClientHello, the name is replaced everywhere.
 */
export function decoyOf(request: Uint8Array, name: string): Uint8Array {
  const text = textOf(request);
  const head = /^[A-Z]+ .*?(?=\r?\n\r?\n|$)/s.exec(text)?.[0] ?? '';
  const decoy = withoutNameInHead(head, name) + withoutName(text.slice(head.length), name);
  if (decoy === text) return new Uint8Array(request.length).fill('n'.charCodeAt(0));
  return Uint8Array.from(Buffer.from(decoy, 'latin1'));
}

function withoutNameInHead(head: string, name: string): string {
  const targetOrValue = /(?<=^[A-Z]+ )\S+|(?<=\n[^:\n]*:)[^\n]+/g;
  return head.replace(targetOrValue, (part) => withoutName(part, name));
}

/** Until it is nowhere: with what stands beside it, a decoy may spell the name again. */
function withoutName(text: string, name: string): string {
  const decoy = decoyNameFor(name);
  const find = (made: string): number =>
    name === '' ? -1 : made.toLowerCase().indexOf(name.toLowerCase());
  let made = text;
  for (let at = find(made); at >= 0; at = find(made))
    made = made.slice(0, at) + decoy + made.slice(at + name.length);
  return made;
}

/** The last label stays, unless it is the only one. */
function withLetters(name: string, letter: string): string {
  const labels = name.split('.');
  const isAlone = labels.length === 1;
  return labels
    .map((label, i) =>
      i === labels.length - 1 && !isAlone ? label : label.replace(/[a-z0-9-]/gi, letter),
    )
    .join('.');
}

/** In order; one may begin within another. */
function findNames(bytes: Uint8Array, name: string): number[] {
  const text = textOf(bytes).toLowerCase();
  const sought = name.toLowerCase();
  const places: number[] = [];
  for (let at = text.indexOf(sought); at >= 0 && sought !== ''; at = text.indexOf(sought, at + 1))
    places.push(at);
  return places;
}

/** The whole value of a Host header, or behind the type and length of a server name (RFC 6066 §3). */
function isHostOrServerName(text: string, at: number, length: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  const isHost =
    /^host[ \t]*:[ \t]*$/i.test(line) && /^\.?(:\d|\s|$)/.test(text.slice(at + length));
  return (
    isHost || text.slice(0, at).endsWith(`\0${String.fromCharCode(length >>> 8, length & 0xff)}`)
  );
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
