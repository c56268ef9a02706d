import type { Truncation } from '../dataplane/capture/capture-source.ts';
import type { OddTimes } from '../replay/capture-clock.ts';
import type { UnreadCounts } from '../replay/unread.ts';
import { tell } from './terminal.ts';

/* What every reader of a capture must say of it, on stderr. */

export function tellCut(cut: number): void {
  if (cut > 0) tell(`${cut} packets were cut by a snapshot length; what is missing was not read`);
}

export function tellOddTimes({ impossible, backwards }: OddTimes): void {
  if (impossible > 0) {
    tell(
      `${impossible} packets have times that no calendar holds: each counts as of the first or the last moment that one can hold`,
    );
  }
  if (backwards > 0) {
    tell(
      `${backwards} packets are dated before packets that precede them: they count as of the latest time so far`,
    );
  }
}

/** By kind, the commonest first. */
export function tellUnread(unread: UnreadCounts, packets: number): void {
  const kinds = Object.entries(unread).sort(([, one], [, other]) => other - one);
  if (kinds.length === 0) return;
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const texts = kinds.map(([kind, count]) => `${count} ${kind}`);
  tell(`${total} of ${packets} packets were not read: ${texts.join(', ')}`);
}

/** What is there was processed; that it is not all is a failure. */
export function tellTruncation(
  file: string,
  { truncation, packets }: { truncation: Truncation | undefined; packets: number },
): void {
  if (truncation === undefined) return;
  const { offset, missing } = truncation;
  tell(
    `${file}: at byte ${offset}: the file ends in mid-packet, ${missing} bytes or more are missing`,
  );
  tell(`  the ${packets} packets before were processed`);
  process.exitCode = 1;
}
