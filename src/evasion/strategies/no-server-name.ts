import { allOf } from '../shape.ts';
import { helloWithoutName } from '../shapes/hello.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const noServerName: Strategy = {
  id: 'no-server-name',
  number: 'D6',
  class: 'parser',
  does: 'A ClientHello without the name.',
  needs: 'A server that answers without the name, as the lab’s does.',
  source: 'domain fronting’s first step; Iran blocks it since 2022 (net4people/bbs)',
  over: ['https'],
  spell: () => '',
  shape: allOf(sends(WHOLE), helloWithoutName),
};
