/** What the page remembers besides fixes: who it is, and what it was doing when it was last alive. */
import { change, MEMORY, read } from './database.ts';

/** The right to speak for a tracker, got for a link. */
export interface Device {
  /** Last part of the address to push to. */
  address: string;
  secret: string;
  trackerName: string;
}

interface Remembered {
  /** The tracker that positions are taken for. */
  device: Device;
  /** All that were ever had, by address: what was taken for one is sent for that one. */
  devices: Record<string, Device>;
  /** Link that is being opened, with the secret made for it: the answer may be lost, and the same is asked again. */
  opening: { link: string; secret: string };
  /** The driver pressed Start, and not Stop. */
  running: boolean;
  /** When the page was last seen running, ms since 1970. */
  aliveAt: number;
}

export class Memory {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  async get<Key extends keyof Remembered>(key: Key): Promise<Remembered[Key] | undefined> {
    return read<Remembered[Key]>(this.#database, [MEMORY], (at) => at.objectStore(MEMORY).get(key));
  }

  async put<Key extends keyof Remembered>(key: Key, value: Remembered[Key]): Promise<void> {
    await change(this.#database, [MEMORY], (at) => at.objectStore(MEMORY).put(value, key));
  }

  /** Notes that the page lives, which may be lost. */
  async alive(at: number): Promise<void> {
    await change(this.#database, [MEMORY], (within) => within.objectStore(MEMORY).put(at, 'aliveAt'), 'relaxed');
  }

  /** Begins to speak for a tracker. */
  async become(device: Device): Promise<void> {
    const devices = { ...(await this.get('devices')), [device.address]: device };
    await change(this.#database, [MEMORY], (at) => {
      const memory = at.objectStore(MEMORY);
      memory.put(device, 'device');
      memory.put(devices, 'devices');
      memory.delete('opening');
      return null;
    });
  }

  /** All that were ever spoken for, by address. */
  async devices(): Promise<Readonly<Record<string, Device>>> {
    return (await this.get('devices')) ?? {};
  }
}
