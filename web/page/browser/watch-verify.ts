import type { Answer, StepReport } from '../../../shared/answer.ts';
export async function watchVerify(email: string, _signal: AbortSignal, onStep: (step: StepReport) => void): Promise<Answer> {
  onStep({ step: 'syntax', outcome: 'pass', ms: 0 });
  throw new Error(email);
}
