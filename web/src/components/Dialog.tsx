/** A confirmation dialog. The browser's `dialog` element traps the focus and closes on Escape. */

import { useEffect, useRef } from "preact/hooks";

export function Dialog(props: {
  open: boolean;
  title: string;
  hint: string;
  yes: string;
  no: string;
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (props.open) {
      dialog.current?.showModal();
    } else {
      dialog.current?.close();
    }
  }, [props.open]);
  return (
    <dialog class="dialog" ref={dialog} aria-label={props.title} onClose={() => props.open && props.onNo()}>
      <h2>{props.title}</h2>
      <p class="muted">{props.hint}</p>
      <div class="row end">
        <button type="button" class="button" onClick={props.onNo}>
          {props.no}
        </button>
        <button type="button" class="button danger solid" disabled={props.busy} onClick={props.onYes}>
          {props.yes}
        </button>
      </div>
    </dialog>
  );
}
