// Figures from samples.

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const minimum = samples => Math.min(...samples);

export const geometricMean = values => Math.exp(values.reduce((sum, v) => sum + Math.log(v), 0) / values.length);
