import { Download } from 'lucide-react';
import { buttonClass } from './classes';

/** The API's own file of what is shown. */
export function CsvLink({ href }: { href: string }) {
  return (
    <a className={buttonClass('quiet', '-me-3 hover:bg-sunken')} href={href} download>
      <Download size={16} aria-hidden />
      CSV
    </a>
  );
}
