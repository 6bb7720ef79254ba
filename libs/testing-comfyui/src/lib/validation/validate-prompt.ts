import type { Dialect } from '../dialect/dialect';
import type { NodeClass, Surroundings } from '../nodes/node-class';
import { isObject, type Json, type JsonObject } from '../python/json';
import { PythonError } from '../python/python-error';
import { str } from '../python/text';
import { exceptionDuringValidation, noOutputs, outputsFailed, problem, type Problem } from './problems';
import { InputValidator } from './validate-inputs';

export interface ValidatedPrompt {
  /** Why nothing of it can run; undefined when something can. */
  readonly error?: Problem;
  /** By node, also when other outputs are good. */
  readonly nodeErrors: JsonObject;
  /** The outputs that can run. */
  readonly outputs: readonly string[];
}

/**
 * Validates a graph output by output: one good output is enough for it to run.
 * @param targets when given, only those outputs are looked at
 * @throws PythonError when it is no graph at all
 */
export function validatePrompt(
  prompt: Json,
  targets: Json | undefined,
  classes: ReadonlyMap<string, NodeClass>,
  surroundings: Surroundings,
): ValidatedPrompt {
  const refused = (error: Problem): ValidatedPrompt => ({ error, nodeErrors: {}, outputs: [] });
  if (Array.isArray(prompt) && prompt.length === 0 && !surroundings.dialect.readsNodesEarly) {
    return refused(noOutputs);
  }
  if (!isObject(prompt)) throw new PythonError('TypeError', 'a graph is no dict');

  const unknown = findUnknownClass(prompt, classes, surroundings.dialect);
  if (unknown) return refused(unknown);

  const outputs = Object.keys(prompt).filter((nodeId) => {
    const isOutput = classes.get((prompt[nodeId] as JsonObject)['class_type'] as string)?.isOutput;
    return isOutput && (targets === undefined || targets === null || (targets as Json[]).includes(nodeId));
  });
  if (outputs.length === 0) return refused(noOutputs);

  const validator = new InputValidator(prompt, classes, surroundings);
  const nodeErrors: Record<string, { errors: Json; dependent_outputs: string[]; class_type: Json }> = {};
  const reasons: Problem[] = [];
  const good = outputs.filter((output) => {
    const { valid, problems } = validateOutput(validator, output);
    if (valid) return true;
    reasons.push(...problems);
    for (const [nodeId, verdict] of validator.verdicts) {
      if (verdict.valid || verdict.problems.length === 0) continue;
      const class_type = (prompt[nodeId] as JsonObject)['class_type'] as Json;
      nodeErrors[nodeId] ??= {
        errors: verdict.problems as unknown as Json,
        dependent_outputs: [],
        class_type,
      };
      nodeErrors[nodeId].dependent_outputs.push(output);
    }
    return false;
  });
  const details = reasons.map(({ message, details }) => `${message}: ${details}`).join('\n');
  return {
    ...(good.length === 0 && { error: outputsFailed(details) }),
    nodeErrors: nodeErrors as unknown as JsonObject,
    outputs: good,
  };
}

function validateOutput(validator: InputValidator, output: string) {
  try {
    return validator.validate(output);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    const verdict = { valid: false, problems: [exceptionDuringValidation(error)] };
    validator.verdicts.set(output, verdict);
    return verdict;
  }
}

/** The first node, linked or not, whose class the server does not have. */
function findUnknownClass(
  prompt: JsonObject,
  classes: ReadonlyMap<string, NodeClass>,
  dialect: Dialect,
): Problem | undefined {
  for (const [nodeId, node] of Object.entries(prompt)) {
    if (!isObject(node) && dialect.readsNodesEarly)
      throw new PythonError('AttributeError', 'a node is no dict');
    const classType = isObject(node) ? node['class_type'] : undefined;
    if (typeof classType === 'string' && classes.has(classType)) continue;
    return dialect.namesMissingNodes
      ? missingNode(nodeId, classType ?? null, titleOf(node))
      : invalidNode(nodeId, classType);
  }
  return undefined;
}

function missingNode(nodeId: string, classType: Json, title: Json): Problem {
  const message =
    classType === null
      ? `Node '${str(title ?? `ID #${nodeId}`)}' has no class_type. The workflow may be corrupted or a custom node is missing.`
      : `Node '${str(title ?? classType)}' not found. The custom node may not be installed.`;
  return problem('missing_node_type', message, `Node ID '#${nodeId}'`, {
    node_id: nodeId,
    class_type: classType,
    node_title: title ?? classType,
  });
}

function invalidNode(nodeId: string, classType: Json | undefined): Problem {
  const message =
    classType === undefined
      ? 'Cannot execute because a node is missing the class_type property.'
      : `Cannot execute because node ${str(classType)} does not exist.`;
  return problem('invalid_prompt', message, `Node ID '#${nodeId}'`);
}

function titleOf(node: Json): Json {
  const meta = isObject(node) ? node['_meta'] : undefined;
  return isObject(meta) ? (meta['title'] ?? null) : null;
}
