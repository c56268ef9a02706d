import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { withoutDetours } from '../../netns/sandbox.ts';

test.each(['LANG', 'LC_ALL', 'LC_MESSAGES', 'LANGUAGE'])(
  'programs of a lab speak English, whatever %s says, and say nothing of locales',
  (name) => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv(name, 'xx_YY.UTF-8');
    const env = withoutDetours();
    const spoken = Object.entries(env).filter(([key]) => /^(LANG|LC_)/.test(key));
    expect(spoken).toEqual([['LC_ALL', 'C.UTF-8']]);
    expect(spawnSync('perl', ['-e', '1'], { env }).stderr.toString()).toBe('');
  },
);
