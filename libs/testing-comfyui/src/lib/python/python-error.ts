/** An exception that the real server's Python would raise at this place, and not a fault of the simulator. */
export class PythonError extends Error {
  constructor(
    /** As `execution_error` names it: `ValueError`, `torch.OutOfMemoryError`. */
    readonly type: string,
    message: string,
    /** What the server adds to the message when a node raised this. */
    readonly advice = '',
  ) {
    super(message);
  }
}
