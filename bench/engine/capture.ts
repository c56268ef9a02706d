import { FILE_HEADER, RECORD_HEADER } from './frames.ts';

/** The frames of a capture file: pairs of beginning and end, in the file's bytes. */
export interface Capture {
  readonly bytes: Uint8Array;
  readonly places: Int32Array;
}

export function captureOf(file: Uint8Array): Capture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const places: number[] = [];
  for (let at = FILE_HEADER; at < file.length; ) {
    const frameAt = at + RECORD_HEADER;
    at = frameAt + view.getUint32(at + 8);
    places.push(frameAt, at);
  }
  return { bytes: file, places: Int32Array.from(places) };
}
