import { expect, it } from 'vitest';
import { startJob } from '../state/power-job.ts';
import { initialScreen, type Screen } from '../state/screen.ts';
import { emptyTranscript } from '../state/transcript.ts';
import { sanitize } from '../text/sanitize.ts';
import { farewell } from './farewell.ts';

const bare = initialScreen({ session: null, fresh: false }, 0);
const running: Screen = {
  ...bare,
  session: { id: '3f2a1c04-0000-4000-8000-000000000000', title: sanitize('oom') },
  transcript: { ...emptyTranscript, turn: { running: true, startedAt: null, tool: null } },
};

it('names what goes on behind the one who leaves', () => {
  expect(farewell(bare)).toBe('[detached; there was no session]');
  expect(farewell(running)).toBe('[detached from 3f2a1c04 "oom", turn still running]');
  expect(farewell({ ...running, job: startJob(1, 'cycle', 0) })).toContain('cycle still running on the host');
});

it('does not claim to know what runs where the link is down', () => {
  expect(farewell({ ...running, lostAt: 1 })).toContain('turn was running when last seen');
});
