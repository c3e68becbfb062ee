/** The outcome of one step of the set-up. */
export type StepOutcome = {
  /** A few words. */
  readonly told: string;
  /** What is left for the operator, with the command; null if nothing is. */
  readonly left: string | null;
  /** True if the edge serves without it. */
  readonly isOptional?: true;
  /** True if Cloudflare has refused the step. */
  readonly isFault?: true;
};
