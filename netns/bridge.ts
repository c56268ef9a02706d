import { ipBatch } from './namespaces.ts';

/** A kernel bridge between the two interfaces of a wire namespace, in place of a middlebox: something to measure against. */
export function buildBridge(namespace: string): Promise<void> {
  return ipBatch(
    [
      ['link', 'add', 'bridge', 'type', 'bridge'],
      ['link', 'set', 'left', 'master', 'bridge'],
      ['link', 'set', 'right', 'master', 'bridge'],
      ['link', 'set', 'bridge', 'up'],
    ],
    namespace,
  );
}
