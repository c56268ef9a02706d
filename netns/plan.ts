/** What to build: plain data, so that it can be printed, compared and tested without building anything. */
export interface NetworkPlan {
  readonly namespaces: readonly NamespacePlan[];
  readonly links: readonly (readonly [LinkEnd, LinkEnd])[];
}

export interface NamespacePlan {
  readonly name: string;
  /** `router` forwards IP; `wire` has interfaces without addresses; `host` is neither. */
  readonly kind: 'host' | 'router' | 'wire';
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  /** Files that stand in for the machine's own in this namespace: path on the machine, path in the lab. */
  readonly mounts: readonly { readonly over: string; readonly with: string }[];
}

export interface LinkEnd {
  readonly namespace: string;
  readonly interfaceName: string;
  readonly mac: string;
  /** With prefix length. */
  readonly addresses: readonly string[];
  /** Fixed, so that no ARP or neighbour discovery has to cross the link. */
  readonly neighbours: readonly { readonly address: string; readonly mac: string }[];
}
