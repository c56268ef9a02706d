import { statSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ChokepointError } from '../base/errors.ts';
import { softwareVersion } from '../probe/software-version.ts';
import { tellFailure } from './failure.ts';
import { requirePaths } from './named-paths.ts';
import { requireOpenFiles } from './open-files.ts';
import { printText, tellText } from './terminal.ts';

/* Each command is a file of its own, loaded when it is asked for: `--help` answers at once. */

// Stacks name files and lines of src/, not of the bundle.
process.setSourceMapsEnabled(true);

const program = new Command('chokepoint')
  .description(
    "Emulates censors' DPI middleboxes, and tests probes and circumvention tools against them.",
  )
  .version(softwareVersion(), '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .helpCommand(false)
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({
    writeOut: printText,
    writeErr: (text) => tellText(text.trimEnd()),
    outputError: () => undefined, // told by `tellFailure`
  })
  .hook('preAction', (_program, command) => {
    requirePaths(command);
    requireOpenFiles(command.name());
  })
  .addHelpText(
    'after',
    `
Exit status: 0 every expectation holds; 1 one does not; 2 wrong usage or scenario;
3 this machine cannot; 4 those that were tried hold, and others were skipped.
\`exec\` and \`shell\` pass the command's own status on.

Start with:  chokepoint run az-2017`,
  );

const ANALYZE_STATUS = `
Exit status: 0 every line was read, whatever the verdicts; 2 one was not: it is told as
file:line, and the rest is analysed.`;
const json = (): Option => new Option('--json', 'print the result as JSON');
const seed = (): Option =>
  new Option('--seed <number>', "for what a scenario leaves to chance (default: the scenario's)");
const dated = (): Option =>
  new Option('--at <date>', "the date of the capture's first packet (default: its own)");
const loss = (): Option =>
  new Option(
    '--loss <percent>',
    "frames lost between a client and the servers, each way, on all links together (default: the scenario's)",
  );
const jitter = (): Option =>
  new Option(
    '--jitter <ms>',
    "most that a frame takes longer between them, each way, on all links together (default: the scenario's)",
  );
const readOnlyFiles = (except = ', but to the folder of --out'): Option =>
  new Option(
    '--read-only-files',
    `programs in the lab cannot write to the machine's files${except}`,
  );
const lab = (): Option => new Option('--lab <name>', 'which lab, when several are up');

program
  .command('list')
  .description('the scenarios')
  .addOption(json())
  .action(async (options) => (await import('./commands/list.ts')).list(options));

program
  .command('show')
  .description('one scenario: sources, evidence, rules, expectations')
  .argument('<scenario>', 'its id, or a YAML file')
  .addOption(json())
  .action(async (id, options) => (await import('./commands/show.ts')).show(id, options));

program
  .command('check')
  .description('read scenarios, censor files and tool files; report every mistake as file:line:col')
  .argument(
    '<scenario...>',
    'YAML files of scenarios, of censors alone or of tools, ids, or a folder of ids',
  )
  .addOption(json())
  .action(async (files, options) => (await import('./commands/check.ts')).check(files, options));

program
  .command('new')
  .description('write a small scenario that already runs, to begin with')
  .argument('<id>', 'its id, such as xx-2026; the file is called ID.yaml')
  .action(async (id) => (await import('./commands/new.ts')).newScenario(id));

program
  .command('run')
  .description('build the lab, run every probe, compare with the expectations')
  .argument(
    '[scenario...]',
    'ids, a folder of ids, or YAML files; several are run one after the other',
  )
  .option('--all', 'every scenario that `list` shows')
  .option(
    '--censor <file>',
    'a YAML file with a model and rules alone: requests follow from its rules',
  )
  .option('--profile <name>', "only this one of the scenario's models")
  .option('--at <date>', "only what was so at this time of the scenario's calendar")
  .option('--controls', 'only the negative controls, which must get through')
  .option('--repeat <times>', 'each so often; the verdicts must be the same every time')
  .option(
    '--out <folder>',
    'the run folder (default: runs/<time>-<scenario>); of several, one below it for each',
  )
  .addOption(loss())
  .addOption(jitter())
  .addOption(readOnlyFiles())
  .option('--allow-skipped', 'rows that this machine cannot try do not make the status 4')
  .addOption(json())
  .action(async (ids, options) => (await import('./commands/run.ts')).run(ids, options));

program
  .command('replay')
  .description('a capture through a censor, packet by packet; no privileges needed')
  .argument('<file>', 'pcap or pcapng; - is standard input, which is read as it comes')
  .option('--scenario <scenario>', 'the censor: an id, or a YAML file')
  .option('--censor <file>', 'the censor: a YAML file with a model and rules alone')
  .option('--profile <name>', "one of the scenario's models (default: the first)")
  .option('--box <network>', 'whose box, where a scenario has several')
  .addOption(dated())
  .option('--annotate <file>', 'write a pcapng with each decision as a packet comment')
  .addOption(
    new Option(
      '--tunnels <how>',
      "whether it reads what PPPoE, MPLS, GRE, VXLAN and the like carry (default: the model's)",
    ).choices(['open', 'closed']),
  )
  .option('--observe', 'no censor: a line of JSON per flow, of what a box could read')
  .addOption(seed())
  .option('--json', 'print events as JSON, one a line')
  .action(async (file, options) => (await import('./commands/replay.ts')).replay(file, options));

program
  .command('explain')
  .description('why flows were blocked or let through, and which knob would change it')
  .argument('<run>', 'a run folder, a matrix, or a capture')
  .argument(
    '[flow]',
    "its number in a trace, or one of its ends as address:port; of a matrix, a cell's name or its strategy",
  )
  .option('--scenario <scenario>', 'the censor: an id, or a YAML file')
  .option('--censor <file>', 'the censor: a YAML file with a model and rules alone')
  .option('--profile <name>', "one of the scenario's models")
  .option('--box <network>', 'whose box, where a scenario has several')
  .addOption(dated())
  .addOption(seed())
  .addOption(json())
  .action(async (run, flow, options) =>
    (await import('./commands/explain.ts')).explain(run, flow, options),
  );

program
  .command('analyze')
  .description("what OONI's web_connectivity measurements come to, and why; no lab needed")
  .argument('<file...>', 'JSON or JSONL, also with gzip; a run folder; - is standard input')
  .option('--json', 'print a line of JSON for each measurement')
  .addHelpText('after', ANALYZE_STATUS)
  .action(async (files, options) =>
    (await import('./commands/analyze.ts')).analyze(files, options),
  );

program
  .command('locate')
  .description('find the box from hosts of the lab: its hop, its distance, what it sends')
  .argument('<scenario>', 'its id, or a YAML file')
  .option('--profile <name>', "one of the scenario's models (default: the first)")
  .option('--at <date>', "when the scenario's calendar begins (default: with its first phase)")
  .option(
    '--name <domain>',
    'what sets the box off (default: of the first rule that can be located)',
  )
  .option('--allowed <domain>', "what does not (default: a negative control's)")
  .option('--tries <number>', 'how often the time to the box is taken (default: 10)')
  .option(
    '--residual <seconds>',
    'for how long to see what goes on afterwards (default: 10; 0: not)',
  )
  .addOption(readOnlyFiles(''))
  .addOption(json())
  .addHelpText(
    'after',
    `
Needs the package raw-socket. Exit status: 0 what was found is what the lab is; 1 it is not;
2 wrong usage or scenario; 3 this machine cannot.`,
  )
  .action(async (id, options) => (await import('./commands/locate.ts')).locate(id, options));

program
  .command('matrix')
  .description('strategies and tools against censors: which gets a blocked name past which')
  .option('--scenarios <names>', 'ids, with commas between (default: all)')
  .option(
    '--strategies <ids>',
    'of the catalogue, with commas between (default: all, or none beside --tools)',
  )
  .option(
    '--strategy <text>',
    'one as Geneva writes it: [TCP:flags:PA]-fragment{tcp:8:True}-| \\/ (may be given again)',
    (text: string, all: string[] = []) => [...all, text],
  )
  .option(
    '--tools <names>',
    'circumvention tools: ids or YAML files, with commas between, or `all` (default: none)',
  )
  .option('--profile <name>', "one of the scenarios' models, or `all` (default: the first)")
  .option('--jobs <number>', 'attempts at once (default: 8)')
  .option('--repeat <number>', 'how often each cell is tried (default: 1)')
  .option('--seed <number>', 'for what strategies leave to chance (default: 0)')
  .option('--out <folder>', 'for cells and captures (default: a new one under runs/)')
  .addOption(readOnlyFiles())
  .option('--resume <folder>', 'go on with a matrix that was interrupted')
  .addOption(
    new Option('--list', 'the catalogue of strategies').conflicts([
      'csv',
      'markdown',
      'junit',
      'resume',
    ]),
  )
  .addOption(new Option('--csv', 'print a record for each cell').conflicts(['json', 'markdown']))
  .addOption(new Option('--markdown', 'print tables for GitHub').conflicts('json'))
  .option('--junit <file>', 'write JUnit XML for CI: EVADED passes, and none that is CENSORED')
  .addOption(json())
  .addHelpText(
    'after',
    `
EVADED: the blocked name gets through, and the server saw no decoy. CENSORED: it does not.
BROKEN: nor does an allowed name. LEAK: the server took a decoy for the request.
NOT-APPLIED: what it claims to do was not on the client's wire. MODEL: without a strategy nothing is blocked.
INFRA: without one nothing works. Exit status: 0; 1 if a cell is MODEL or INFRA.`,
  )
  .action(async (options) => (await import('./commands/matrix.ts')).matrix(options));

program
  .command('up')
  .description('build the lab and leave it up')
  .argument('[scenario]', 'its id, or a YAML file')
  .option('--censor <file>', 'a YAML file with a model and rules alone, in a lab of one network')
  .option('--profile <name>', "one of the scenario's models (default: the first)")
  .option('--at <date>', "when the scenario's calendar begins (default: with its first phase)")
  .addOption(loss())
  .addOption(jitter())
  .option('--out <folder>', 'where to write events, capture and origin log')
  .addOption(readOnlyFiles())
  .addOption(json())
  .action(async (id, options) => (await import('./commands/up.ts')).up(id, options));

program
  .command('probe')
  .description('one measurement, from the host of a lab on which it is run')
  .argument(
    '<kind>',
    'web_connectivity, sni_blocking, tlsmiddlebox, tcpping, dnscheck; tcp, http, https; curl, openssl, chromium, dig, tor',
  )
  .argument('<url...>', 'as in a scenario: https://example.org/, tcp://HOST:PORT, dns:NAME')
  .option('--control <name>', 'of sni_blocking and tlsmiddlebox: a name that is allowed')
  .option('--connect <host>', "the lab host that is dialled, whatever the URL's name resolves to")
  .option('--host <name>', 'the Host header as sent')
  .option('--ip <version>', '4 or 6', '4')
  .option('--timeout <seconds>', "for each step (default: the probe's own, which is mostly 10)")
  .option('--json', "in OONI's format, a line for each")
  .addHelpText(
    'after',
    '\nFor example:  chokepoint up az-2017\n              chokepoint exec client -- chokepoint probe web_connectivity https://meydan.tv/',
  )
  .action(async (kind, urls, options) =>
    (await import('./commands/probe.ts')).probe(kind, urls, options),
  );

program
  .command('table')
  .description('how measurements came out, by two things in which they differ')
  .argument(
    '<run...>',
    'run folders, or files of measurements: JSON, JSONL, gzip of both; - is stdin',
  )
  .requiredOption('--rows <key>', 'what each row is')
  .requiredOption('--columns <key>', 'what each column is')
  .option(
    '--where <key=value>',
    'only measurements of which this is so; may be given again',
    (value: string, before: readonly string[] = []) => [...before, value],
  )
  .option('--csv', 'as CSV')
  .addOption(json())
  .addHelpText(
    'after',
    `
Keys: a field of the measurement (input, probe_asn, probe_cc, test_name, …), of its annotations
(vantage, profile), or of its test_keys (x_probe, blocking); domain and scheme of its input, date,
outcome; and of each handshake, ip and server_name. An outcome is ok, what web_connectivity says of blocking, what
sni_blocking says, or the failure.

For example:  chokepoint table runs/* --rows domain --columns probe_asn
              chokepoint table runs/* --rows ip --columns server_name --where scheme=https`,
  )
  .action(async (runs, options) => (await import('./commands/table.ts')).table(runs, options));

program
  .command('ps')
  .description('the labs that are up')
  .addOption(json())
  .action(async (options) => (await import('./commands/ps.ts')).ps(options));

program
  .command('exec')
  .description('run a command on a host of a lab')
  .usage('[--lab <name>] <host> -- <command...>')
  .argument('<host>', 'client, inside, server, control, isp, exchange, middlebox')
  .argument('<command...>')
  .addOption(lab())
  .passThroughOptions()
  .action(async (host, command, options) =>
    (await import('./commands/exec.ts')).exec(host, command, options),
  );

program
  .command('shell')
  .description('a shell on a host of a lab')
  .argument('<host>', 'client, inside, server, control, isp, exchange, middlebox')
  .addOption(lab())
  .action(async (host, options) => (await import('./commands/exec.ts')).shell(host, options));

program
  .command('down')
  .description('end a lab')
  .addOption(lab())
  .addOption(new Option('--all', 'end every lab').conflicts('lab'))
  .addOption(json())
  .action(async (options) => (await import('./commands/down.ts')).down(options));

program
  .command('doctor')
  .description('what this machine can and cannot do')
  .addOption(json())
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));

// Where nobody waits for the promise that failed.
process.on('uncaughtException', (error) => process.exit(tellFailure(error)));

// Nobody reads what is told: the results still count.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

/** Runs a command line, and leaves its exit status in `process.exitCode`. One after the other, a process may run several. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    requireFolder();
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = tellFailure(error);
  }
}

/** The working directory may be gone, or have a name that Node cannot say: what is written there would go elsewhere. */
function requireFolder(): void {
  const here = workingDirectory();
  if (isHere(here)) return;
  throw new ChokepointError('USAGE', `the name of the working directory is not UTF-8: ${here}`, {
    hint: 'change to another, or give it another name',
  });
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new ChokepointError('USAGE', 'the working directory is gone', {
      cause: error,
      hint: 'change to one that exists',
    });
  }
}

function isHere(path: string): boolean {
  // Node puts U+FFFD in place of what is not UTF-8.
  if (!path.includes('\ufffd')) return true;
  const [named, own] = [path, '.'].map((one) => statSync(one, { throwIfNoEntry: false }));
  return named?.ino === own?.ino && named?.dev === own?.dev;
}
