import type { Machine } from '../../test/faults/result.ts';

/** The machines that results were measured on, a line of a list for each. */
export function machineWords(results: readonly { machine: Machine }[]): string {
  const lines = results.map(({ machine: { cpu, cores, memoryGb, kernel, node } }) => {
    return `- ${cores} cores of ${cpu}, ${memoryGb} GB, Linux ${kernel}, Node ${node}`;
  });
  return [...new Set(lines)].join('\n');
}
