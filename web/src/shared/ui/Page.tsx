import { useEffect, useRef, type ReactNode } from 'react';
import { NavLink, useLocation } from 'react-router';
import { t } from '@/shared/i18n/t';
import { cx } from './classes';
import { useChosenInSight } from './useChosenInSight';

/** A page: its one headline, which gets the focus when the page changes, its tabs, and under them its tools. */
export function Page({
  title,
  note,
  tools,
  tabs,
  views,
  children,
}: {
  title: string;
  note?: ReactNode;
  tools?: ReactNode;
  tabs?: [path: string, word: string][];
  /** Tabs of the page's own, which are no pages. */
  views?: ReactNode;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const tabRow = useChosenInSight<HTMLElement>(pathname);
  useEffect(() => {
    document.title = `${title} · Bookpath`;
    heading.current?.focus({ preventScroll: true });
  }, [title, pathname]);
  // Filters have a row of their own, wherever the title ends. On a phone it scrolls: four lines of them would be the first screen.
  const row = tools && (
    <div
      data-tools
      className="flex min-w-0 items-center gap-2 has-[.chip]:w-full max-sm:-mx-4 max-sm:-my-1 max-sm:w-[calc(100%+2rem)] max-sm:overflow-x-auto max-sm:px-4 max-sm:py-1 sm:flex-wrap [&>*]:shrink-0"
    >
      {tools}
    </div>
  );
  return (
    <div className="mx-auto flex w-full max-w-[1400px] flex-col gap-4 p-4 sm:p-6">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <h1
            ref={heading}
            tabIndex={-1}
            className="m-0 text-title font-semibold tracking-tight wrap-anywhere"
          >
            {title}
          </h1>
          {note && <p className="m-0 mt-0.5 text-ink-2">{note}</p>}
        </div>
        {!tabs && !views && row}
      </header>
      {tabs && (
        <nav
          ref={tabRow}
          aria-label={t`Pages of ${title}`}
          className="-mx-4 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0"
        >
          <ul className="m-0 flex list-none gap-1 p-0">
            {tabs.map(([path, word]) => (
              <li key={path}>
                <NavLink
                  end
                  to={path}
                  className={({ isActive }) =>
                    cx(
                      '-mb-px inline-flex min-h-10 items-center border-b-2 px-3 font-medium whitespace-nowrap no-underline pointer-coarse:min-h-11',
                      isActive
                        ? 'border-brand text-ink'
                        : 'border-transparent text-ink-2 hover:text-ink',
                    )
                  }
                >
                  {word}
                </NavLink>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {views}
      {(tabs ?? views) && row}
      {children}
    </div>
  );
}
