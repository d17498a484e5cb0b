import codes from './codes.json';
import columns from './columns.json';
import errors from './errors.json';
import frame from './frame.json';
import numbers from './numbers.json';
import ops from './ops.json';
import people from './people.json';
import system from './system.json';

/** Spanish: texts by their English, codes of the API and columns of its tables by their name. */
const texts: Record<string, string> = { ...frame, ...numbers, ...ops, ...people, ...system };
const spanish: {
  texts: Record<string, string>;
  codes: Record<string, string>;
  errors: Record<string, string>;
} = { texts, codes: { ...columns, ...codes }, errors };
export default spanish;
