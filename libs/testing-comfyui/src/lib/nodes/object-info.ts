import type { JsonObject } from '../python/json';
import type { NodeClass, Surroundings } from './node-class';

/** What `/object_info` says of one class. */
export function objectInfo(node: NodeClass, surroundings: Surroundings): JsonObject {
  const { dialect } = surroundings;
  const full = dialect.describesNodesFully;
  const required = node.required(surroundings);
  const outputs = node.outputs(dialect);
  return {
    input: { required, ...(node.hidden && { hidden: node.hidden }) },
    input_order: {
      required: Object.keys(required),
      ...(node.hidden && { hidden: Object.keys(node.hidden) }),
    },
    ...(full && { is_input_list: false }),
    output: outputs,
    output_is_list: outputs.map(() => false),
    output_name: outputs.map((type, n) => node.outputNames?.[n] ?? type),
    name: node.name,
    display_name: full ? node.displayName : (node.oldDisplayName ?? node.displayName),
    description: '',
    python_module: node.pythonModule ?? 'nodes',
    category: full ? node.category : (node.oldCategory ?? node.category),
    output_node: node.isOutput ?? false,
    ...(full && { has_intermediate_output: false }),
    ...(node.outputTooltips && { output_tooltips: node.outputTooltips }),
    ...(full && { search_aliases: node.searchAliases ?? [] }),
    ...(full && node.essentials && { essentials_category: node.essentials }),
  } as JsonObject;
}
