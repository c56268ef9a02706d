import { Random } from '../support/random.ts';
import { corpus } from './corpus.ts';
import { Mutator } from './mutate.ts';
import type { Round } from './round.ts';
import { everyPolicy, Subject } from './subject.ts';

/** Mutated packets in random order, all of them through every engine. */
export const packets: Round = {
  name: 'packets',
  size: 10_000,
  play(seed, round, size, onFrame) {
    const random = new Random(seed, round);
    const mutator = new Mutator(random);
    const capacity = random.pick([4, 64, 1024]);
    const subjects = everyPolicy(round, capacity).map(
      ({ name, policy }) => new Subject(name, policy),
    );
    let now = 0;
    for (let i = 0; i < size; i++) {
      now += random.chance(0.001) ? 400_000 : random.next();
      const frame = mutator.frame(random.pick(CORPUS), CORPUS);
      for (const subject of subjects) {
        onFrame(subject, frame, now);
        subject.take(frame, now);
      }
    }
    for (const subject of subjects) subject.finish(now);
    return subjects;
  },
};

const CORPUS = corpus();
