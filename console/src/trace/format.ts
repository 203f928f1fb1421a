/** A duration: "0.42 ms", "12.3 ms", "340 ms", "1.25 s". */
export function formatMs(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 99.95) return `${Math.round(ms)} ms`;
  return `${ms.toFixed(ms >= 9.995 ? 1 : 2)} ms`;
}

/** A size: "512 bytes", "1.5 KiB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** A number with its noun: "1 row", "2,000 rows". */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : plural}`;
}

/** A number with separators of thousands. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** The executor, and the reason if it was not the compiled one. */
export function executorText(executor: string, fallbackReason: string | null): string {
  return fallbackReason ? `${executor}. ${fallbackReason}` : executor;
}
