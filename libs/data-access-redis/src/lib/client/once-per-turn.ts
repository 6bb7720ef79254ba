/** `act` at the end of the turn, once, however often it is asked for: slots move by the hundred. */
export function oncePerTurn(act: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    process.nextTick(() => {
      due = false;
      act();
    });
  };
}
