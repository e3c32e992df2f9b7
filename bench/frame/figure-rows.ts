/** Figures in words: the rows of the table that `npm run bench` prints, and of the report. */
import { meetsTargets, ratiosTo, type Measured } from './measured.ts';
import { median, spread } from './statistics.ts';

export const FIGURE_HEAD = ['figure', 'median', 'least..greatest', 'unit', 'of its ceiling', 'target'] as const;

/** A row for each figure, in the columns of `FIGURE_HEAD`. */
export function figureRows(all: readonly Measured[]): string[][] {
  return all.map((figure) => {
    const { least, greatest } = spread(figure.values);
    return [
      figure.name,
      formatNumber(median(figure.values)),
      figure.values.length > 1 ? `${formatNumber(least)}..${formatNumber(greatest)}` : '',
      figure.unit,
      ceilingText(figure, all),
      targetText(figure, all),
    ];
  });
}

function ceilingText(figure: Measured, all: readonly Measured[]): string {
  if (figure.ceiling === undefined) return '';
  const ratios = ratiosTo(figure.ceiling, figure, all);
  return ratios.length === 0 ? `no ${figure.ceiling}` : `${median(ratios).toFixed(2)} of ${figure.ceiling}`;
}

function targetText(figure: Measured, all: readonly Measured[]): string {
  const isMet = meetsTargets(figure, all);
  if (isMet === null) return '';
  const sign = figure.better === 'less' ? '<=' : '>=';
  const wanted = [
    ...(figure.target === undefined ? [] : [`${sign} ${formatNumber(figure.target)}`]),
    ...(figure.targetRatio === undefined ? [] : [`${sign} ${figure.targetRatio.toFixed(2)} of ${figure.ceiling}`]),
  ];
  return `${wanted.join(', ')}: ${isMet ? 'met' : 'missed'}`;
}

/** Three significant digits, or all of the whole part, in groups of thousands. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
