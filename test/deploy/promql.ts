/** Reads a PromQL expression: which metrics it asks for, by which labels. Grafana's own variables are filled in first. */
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export type Matcher = { readonly label: string; readonly op: string; readonly value: string };

export type Query = {
  readonly selectors: readonly { readonly metric: string; readonly matchers: readonly Matcher[] }[];
  /** Labels that the result is grouped or joined by. */
  readonly groupings: readonly string[];
};

/** Throws if the text is not an expression. */
export function readQuery(expression: string): Query {
  const text = expression.replaceAll('$__rate_interval', '5m');
  const { topNode } = parser.parse(text);
  const textOf = (node: SyntaxNode | null): string => (node === null ? '' : text.slice(node.from, node.to));
  const selectors: Query['selectors'][number][] = [];
  const groupings: string[] = [];
  topNode.cursor().iterate(({ type, node }) => {
    if (type.isError) throw new Error(`${expression} is no PromQL at ${node.from}`);
    if (type.name === 'VectorSelector') {
      const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
        label: textOf(matcher.getChild('LabelName')),
        op: textOf(matcher.getChild('MatchOp')),
        value: textOf(matcher.getChild('StringLiteral')).slice(1, -1),
      }));
      selectors.push({ metric: textOf(node.getChild('Identifier')), matchers });
    }
    if (type.name === 'GroupingLabels') groupings.push(...node.getChildren('LabelName').map(textOf));
  });
  return { selectors, groupings };
}
