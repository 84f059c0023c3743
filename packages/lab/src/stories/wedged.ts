import type { Story } from './story.ts';

export const wedged: Story = {
  name: 'wedged',
  title: 'QEMU itself hangs: the VM "runs", but nothing answers',
  cure: 'the power verb cycle (or stop, then start); a reset can not help',
  wedged: true,
  files: {},
  // Nobody gets in to see the first boot. What its journal kept is found after the cycle.
  sicken: async (machine) => {
    machine.kernelLog('sd 2:0:0:0: [sda] tag#17 timing out command, waited 180s', 900, 3);
    machine.kernelLog('INFO: task jbd2/sda1-8:174 blocked for more than 120 seconds.', 700, 3);
    machine.kernelLog('INFO: task postgres:1042 blocked for more than 120 seconds.', 640, 3);
  },
};
