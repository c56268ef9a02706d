/** Where the first of these bytes are that spell a name, in whatever case; -1 if they are not there. */
export function findName(bytes: Uint8Array, name: string): number {
  return Buffer.from(bytes).toString('latin1').toLowerCase().indexOf(name.toLowerCase());
}

/** Inside the name, if it is there; in the middle of the bytes otherwise. */
export function middleOfName(bytes: Uint8Array, name: string): number {
  const at = findName(bytes, name);
  return at < 0 ? Math.floor(bytes.length / 2) : at + Math.floor(name.length / 2);
}

/** A name as long as another, which nobody asks for but decoys: `blocked.test` becomes `nnnnnnn.test`. */
export function decoyNameFor(name: string): string {
  const labels = name.split('.');
  const isAlone = labels.length === 1;
  return labels
    .map((label, i) =>
      i === labels.length - 1 && !isAlone ? label : label.replace(/[a-z0-9-]/gi, DECOY_LETTER),
    )
    .join('.');
}

/** The same request for another name, byte for byte as long. */
export function decoyOf(request: Uint8Array, name: string): Uint8Array {
  const at = findName(request, name);
  if (at < 0) return new Uint8Array(request.length).fill(DECOY_LETTER.charCodeAt(0));
  const decoy = request.slice();
  decoy.set(Buffer.from(decoyNameFor(name), 'latin1'), at);
  return decoy;
}

const DECOY_LETTER = 'n';
