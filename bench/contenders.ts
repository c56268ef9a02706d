import { type Lab, type OpenLabOptions, openLab, type Scenario } from 'chokepoint';
import { startSuricata, suricataVersion } from './suricata.ts';

/** Something that can join the two ends of the wire. */
export interface Contender {
  readonly name: string;
  /** A lab with it on the wire, as soon as frames pass. */
  open(): Promise<Lab>;
}

/** Everything there is to compare on this machine, and a sentence for what there is not. */
export function contenders(scenario: Scenario): { chosen: Contender[]; skipped: string[] } {
  const lab = (wire: OpenLabOptions['wire']): Promise<Lab> =>
    openLab({ scenario, wire, nearRttMs: 0, farRttMs: 0, capture: false });
  const chosen: Contender[] = [
    { name: 'Chokepoint', open: () => lab('middlebox') },
    { name: 'kernel bridge', open: () => lab('bridge') },
  ];
  const version = suricataVersion();
  if (version === undefined) {
    return {
      chosen,
      skipped: ['Suricata was skipped: it is not installed (no `suricata` on the PATH)'],
    };
  }
  const open = async (): Promise<Lab> => {
    const opened = await lab('open');
    await startSuricata(opened, scenario).catch(async (error: unknown) => {
      await opened.close();
      throw error;
    });
    return opened;
  };
  return { chosen: [...chosen, { name: `Suricata ${version}`, open }], skipped: [] };
}
