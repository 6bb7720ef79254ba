import type { FaultName, Faults, FaultSettings } from './faults';

/** Faults that a test switches on and off. They stay on over a restart. */
export interface FaultSwitches {
  /** Switches a fault on; resolves when it is in force. The same fault again replaces its settings. */
  on<Name extends FaultName>(name: Name, settings?: Faults[Name]): Promise<void>;
  /** Switches a fault off; resolves when that is in force. */
  off(name: FaultName): Promise<void>;
  /** Switches all of them off. */
  clear(): Promise<void>;
}

type Listener = () => Promise<void> | void;

/** The switches of one server, and what its parts ask them. */
export class ActiveFaults implements FaultSwitches {
  private readonly faults = new Map<FaultName, { settings: Faults[FaultName]; left: number }>();
  private readonly listeners = new Set<Listener>();

  constructor(initial: FaultSettings = {}) {
    for (const [name, settings] of Object.entries(initial)) this.set(name as FaultName, settings);
  }

  on<Name extends FaultName>(name: Name, settings?: Faults[Name]): Promise<void> {
    this.set(name, settings ?? {});
    return this.tell();
  }

  off(name: FaultName): Promise<void> {
    this.faults.delete(name);
    return this.tell();
  }

  clear(): Promise<void> {
    this.faults.clear();
    return this.tell();
  }

  /** The settings of a fault that is on. */
  get<Name extends FaultName>(name: Name): Faults[Name] | undefined {
    const fault = this.faults.get(name);
    return fault && fault.left > 0 ? (fault.settings as Faults[Name]) : undefined;
  }

  /** Like `get`, where the fault fits; one of its `times` is used up. */
  take<Name extends FaultName>(
    name: Name,
    fits: (settings: Faults[Name]) => boolean = () => true,
  ): Faults[Name] | undefined {
    const settings = this.get(name);
    const fault = this.faults.get(name);
    if (!settings || !fault || !fits(settings)) return undefined;
    fault.left--;
    return settings;
  }

  /** Whether what `take` gave was not switched off since. */
  isStillOn(name: FaultName, settings: Faults[FaultName]): boolean {
    return this.faults.get(name)?.settings === settings;
  }

  /** Calls the listener at every change from outside; `on`, `off` and `clear` wait for it. */
  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private set(name: FaultName, settings: object): void {
    const { times = Infinity } = settings as { times?: number };
    this.faults.set(name, { settings: settings as Faults[FaultName], left: times });
  }

  private async tell(): Promise<void> {
    await Promise.all([...this.listeners].map((listener) => listener()));
  }
}
