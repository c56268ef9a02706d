import type { Answer, Order } from '../support/command-lines.ts';

/* Runs command lines one after the other, as they are ordered. Its argument is the built program, which is loaded once. */

const { runCommandLine } = await import(String(process.argv[2]));
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

process.on('message', async ({ args, cwd, env }: Order) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = 0;
  await runCommandLine(args);
  for (const signal of SIGNALS) process.removeAllListeners(signal);
  const answer: Answer = { exitCode: Number(process.exitCode) };
  process.send?.(answer);
});
