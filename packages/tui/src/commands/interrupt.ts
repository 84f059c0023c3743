export interface Interrupt extends Disposable {
  /** Aborted at the first Ctrl-C. */
  signal: AbortSignal;
}

/** Takes the first Ctrl-C. A second one ends the process, whatever it waits for. */
export function catchInterrupt(): Interrupt {
  const controller = new AbortController();
  const onInterrupt = () => controller.abort();
  process.once('SIGINT', onInterrupt);
  return { signal: controller.signal, [Symbol.dispose]: () => process.off('SIGINT', onInterrupt) };
}
