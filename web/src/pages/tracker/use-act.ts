import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../../api/problem.ts';

/** Runs a request of a dialog, one at a time; what is to be done afterwards is done where it succeeds. */
export function useAct(done: () => void): {
  act: (request: () => Promise<unknown>) => void;
  busy: boolean;
  problem: Problem | null;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (request: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(null);
    try {
      await request();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
      return;
    }
    done();
  };
  return { act: (request) => void run(request), busy, problem };
}
