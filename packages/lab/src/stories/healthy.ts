import type { Story } from './story.ts';

export const healthy: Story = {
  name: 'healthy',
  title: 'nothing is wrong',
  cure: 'nothing to do',
  wedged: false,
  files: {},
  sicken: async () => {},
};
