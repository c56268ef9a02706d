import { execFileSync } from 'node:child_process';

/** Tests that run `chokepoint`, or import it by its name, run what is built: it must be what is in src. */
export default function build(): void {
  execFileSync('make', ['--silent', 'setup'], { stdio: 'inherit' });
}
