import { t } from '@/shared/i18n/t';
import { X } from 'lucide-react';
import { create } from 'zustand';

interface Note {
  id: number;
  text: string;
  bad: boolean;
}

interface Notes {
  notes: Note[];
  tell: (text: string, bad?: boolean) => void;
  drop: (id: number) => void;
}

let last = 0;

/** Results of actions, and nothing else. */
export const useToasts = create<Notes>((set) => ({
  notes: [],
  tell: (text, bad = false) => {
    last += 1;
    const id = last;
    set((now) => ({ notes: [...now.notes.slice(-2), { id, text, bad }] }));
    setTimeout(() => {
      set((now) => ({ notes: now.notes.filter((note) => note.id !== id) }));
    }, 8000);
  },
  drop: (id) => {
    set((now) => ({ notes: now.notes.filter((note) => note.id !== id) }));
  },
}));

export function Toasts() {
  const { notes, drop } = useToasts();
  return (
    <div
      role="status"
      aria-live="polite"
      className="fixed inset-x-4 bottom-4 z-60 flex flex-col items-end gap-2 sm:start-auto"
    >
      {notes.map((note) => (
        <div
          key={note.id}
          className="sheet flex w-full items-start gap-3 rounded-card border border-line bg-surface px-4 py-3 shadow-(--shadow) sm:w-96"
        >
          <p className={`m-0 flex-1 ${note.bad ? 'text-bad' : ''}`}>{note.text}</p>
          <button
            type="button"
            aria-label={t('Dismiss')}
            className="inline-flex size-6 items-center justify-center rounded-control text-ink-2 hover:bg-sunken"
            onClick={() => {
              drop(note.id);
            }}
          >
            <X size={16} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
