/** A text as a string literal. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, `\\'`)}'`;
}

/** A text in which `{id}` stands for a variable of that name, as a template literal. */
export function template(text: string): string {
  return `\`${text.replace(/[`\\]|\$(?=\{)/g, '\\$&').replaceAll('{id}', '${id}')}\``;
}

/** A number as it is read: 60_000. */
export function count(number: number): string {
  return number.toLocaleString('en').replaceAll(',', '_');
}
