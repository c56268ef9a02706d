/** Of the heap, in bytes for each call, once V8 has compiled it. The result is a number, so that no call is optimised away. */
export function growthPerCall(call: () => number): number {
  if (gc === undefined) throw new Error('run with node --expose-gc');
  let kept = 0;
  for (let i = 0; i < WARM_UP; i++) kept ^= call();
  gc();
  const growths = new Float64Array(SHARES);
  for (let share = 0; share < SHARES; share++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < CALLS; i++) kept ^= call();
    growths[share] = process.memoryUsage().heapUsed - before;
  }
  return (growths.sort()[SHARES / 2] as number) / CALLS + (kept === -1 ? 1 : 0);
}

const WARM_UP = 40_000;
const SHARES = 50;
const CALLS = 1000;
