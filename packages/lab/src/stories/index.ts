import { disk } from './disk.ts';
import { healthy } from './healthy.ts';
import { oom } from './oom.ts';
import { service } from './service.ts';
import type { Story } from './story.ts';
import { wedged } from './wedged.ts';

const STORIES = { oom, disk, service, wedged, healthy } satisfies Record<string, Story>;

export type StoryName = keyof typeof STORIES;
export const STORY_NAMES = Object.keys(STORIES) as StoryName[];

export function isStoryName(name: string): name is StoryName {
  return Object.hasOwn(STORIES, name);
}

export function storyOf(name: StoryName): Story {
  return STORIES[name];
}
