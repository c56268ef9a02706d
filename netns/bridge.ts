import { execa } from 'execa';

/** A kernel bridge between the two interfaces of a wire namespace, in place of a middlebox: something to measure against. */
export async function buildBridge(namespace: string): Promise<void> {
  await execa('ip', ['-n', namespace, '-batch', '-'], {
    input: [
      'link add bridge type bridge',
      'link set left master bridge',
      'link set right master bridge',
      'link set bridge up',
      '',
    ].join('\n'),
  });
}
