import { format } from 'prettier';

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** What a contender that failed said may have many lines; the first ones say what it was. */
function cellOf(value) {
  const text = String(value).replaceAll('|', '\\|').replace(/\s+/g, ' ');
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}

/** As the workspace formats every file. */
export function formatMarkdown(text) {
  return format(text, { parser: 'markdown', printWidth: 110 });
}

/** Three digits that count, thousands grouped: 1,234,567 → 1,230,000. */
export function number(value) {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** With a capital letter, as a title begins. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
