import { expect, test } from 'vitest';
import { interfaceIn } from '../../../src/probe/locate/route.ts';

const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010112C6	0003	0	0	0	00000000	0	0	0
eth1	000012C6	00000000	0001	0	0	0	0000FFFF	0	0	0
eth2	000212C6	00000000	0001	0	0	0	00FFFFFF	0	0	0
down	000312C6	00000000	0000	0	0	0	00FFFFFF	0	0	0
`;

test.each([
  { target: '192.0.2.1', name: 'eth0', why: 'the default route' },
  { target: '198.18.9.9', name: 'eth1', why: 'a network' },
  { target: '198.18.2.9', name: 'eth2', why: 'the longest prefix' },
  { target: '198.18.3.9', name: 'eth1', why: 'a route that is not up does not count' },
])('to $target by $name: $why', ({ target, name }) => {
  expect(interfaceIn(TABLE, target, 'LE')).toBe(name);
});

test('without a route there is no interface', () => {
  expect(interfaceIn(TABLE.split('\n').slice(0, 1).join('\n'), '192.0.2.1', 'LE')).toBeUndefined();
});

test('big-endian machines write addresses the other way', () => {
  const table = 'Iface\neth3	C6120000	00000000	0001	0	0	0	FFFF0000	0	0	0\n';
  expect(interfaceIn(table, '198.18.9.9', 'BE')).toBe('eth3');
});
