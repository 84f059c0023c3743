import { type ByteString, type FileContent, InMemoryFs, type RmOptions } from 'just-bash';

type Stat = Awaited<ReturnType<InMemoryFs['stat']>>;

/** A file whose size is more than its content: a huge log without huge memory. Sizes are in bytes. */
export interface BigFile {
  content: string;
  size: number;
}

/**
 * An in-memory file system with two additions: files that claim a size (until they are rewritten or removed),
 * and files whose content is made anew at each read, as in /proc.
 */
export class SizedFs extends InMemoryFs {
  readonly #claimed = new Map<string, number>();
  readonly #live = new Map<string, () => string>();
  /** Bytes that may still be written; asked before each write that makes a file grow. */
  #room: () => number = () => Number.POSITIVE_INFINITY;

  limit(room: () => number): void {
    this.#room = room;
  }

  addBig(path: string, file: BigFile): void {
    this.writeFileSync(path, file.content);
    this.#claimed.set(path, file.size);
  }

  addLive(path: string, content: () => string): void {
    this.writeFileSync(path, '');
    this.#live.set(path, content);
  }

  /** Bytes that the claimed sizes add up to. Real contents are too small to count. */
  claimedBytes(): number {
    return [...this.#claimed.values()].reduce((sum, size) => sum + size, 0);
  }

  /** Sets a file's size as truncate(1) does; a cut file is empty. */
  async resize(path: string, size: number): Promise<void> {
    const content = (await this.exists(path)) ? await super.readFile(path) : '';
    this.writeFileSync(path, content.slice(0, Math.min(size, content.length)));
    if (size > content.length) this.#claimed.set(path, size);
    else this.#claimed.delete(path);
  }

  override async stat(path: string): Promise<Stat> {
    return this.#sized(path, await super.stat(path));
  }

  override async lstat(path: string): Promise<Stat> {
    return this.#sized(path, await super.lstat(path));
  }

  override async readFile(...args: Parameters<InMemoryFs['readFile']>): Promise<string> {
    return this.#live.get(normal(args[0]))?.() ?? super.readFile(...args);
  }

  override async readFileBytes(path: string): Promise<ByteString> {
    this.#refresh(path);
    return super.readFileBytes(path);
  }

  override async readFileBuffer(path: string): Promise<Uint8Array> {
    this.#refresh(path);
    return super.readFileBuffer(path);
  }

  override async writeFile(path: string, content: FileContent, ...rest: WriteRest): Promise<void> {
    if (content.length > 0) this.#assertRoom();
    await super.writeFile(path, content, ...rest);
    this.#claimed.delete(normal(path));
  }

  override async appendFile(path: string, content: FileContent, ...rest: WriteRest): Promise<void> {
    if (content.length > 0) this.#assertRoom();
    await super.appendFile(path, content, ...rest);
  }

  override async rm(path: string, options?: RmOptions): Promise<void> {
    await super.rm(path, options);
    for (const known of this.#claimed.keys()) {
      if (known === normal(path) || known.startsWith(`${normal(path)}/`)) this.#claimed.delete(known);
    }
  }

  override async mv(from: string, to: string): Promise<void> {
    const target = (await this.exists(to)) && (await super.stat(to)).isDirectory;
    await super.mv(from, to);
    const size = this.#claimed.get(normal(from));
    if (size === undefined) return;
    this.#claimed.delete(normal(from));
    this.#claimed.set(normal(target ? `${to}/${from.split('/').at(-1)}` : to), size);
  }

  #sized(path: string, stat: Stat): Stat {
    const size = this.#claimed.get(normal(path));
    return size === undefined ? stat : { ...stat, size };
  }

  #refresh(path: string): void {
    const live = this.#live.get(normal(path));
    if (live !== undefined) this.writeFileSync(path, live());
  }

  #assertRoom(): void {
    if (this.#room() <= 0) throw new Error('ENOSPC: No space left on device');
  }
}

type WriteRest = Parameters<InMemoryFs['writeFile']> extends [unknown, unknown, ...infer Rest] ? Rest : never;

function normal(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '').replace(/\/{2,}/g, '/') : path;
}
