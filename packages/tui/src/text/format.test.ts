import { expect, it } from 'vitest';
import { formatAge, formatBytes, formatClock, formatCost, formatDuration, formatTime } from './format.ts';

it('writes durations and clocks', () => {
  expect([850, 12_345, 245_000].map(formatDuration)).toEqual(['850 ms', '12.3 s', '4:05']);
  expect([-5, 42_000, 3_845_000].map(formatClock)).toEqual(['0:00', '0:42', '1:04:05']);
});

it('writes ages', () => {
  const s = 1000;
  expect([0, 12 * s, 240 * s, 3 * 3600 * s, 50 * 3600 * s].map(formatAge)).toEqual([
    'just now',
    '12 s ago',
    '4 min ago',
    '3 h ago',
    '2 d ago',
  ]);
});

it('writes sizes and costs', () => {
  expect([5, 2048, 3 * 1024 * 1024].map(formatBytes)).toEqual(['5 B', '2 KiB', '3 MiB']);
  expect([0.0213, 1.5].map(formatCost)).toEqual(['$0.0213', '$1.50']);
});

it('writes no time where there is none', () => {
  expect(formatTime('')).toBe('--:--:--');
});
