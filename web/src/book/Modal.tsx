import { useEffect, useRef, type ReactNode } from 'react';

/** A question over the page: the browser's own dialog, which traps the focus and gives it back. */
export function Modal({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // The last button is the one that changes nothing.
    [...(dialog.current?.querySelectorAll('button') ?? [])].at(-1)?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      onClose={onClose}
      aria-labelledby="modal-title"
      className="sheet m-auto w-[min(480px,calc(100vw-32px))] rounded-sheet border border-line bg-surface p-6 text-ink shadow-(--shadow) backdrop:bg-black/40"
    >
      <div className="flex flex-col gap-4">
        <h2 id="modal-title" className="m-0 text-title font-semibold">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
