import { compactUtc } from '@/shared/time';
import type { Booking } from './story';

const escaped = (text: string): string =>
  text.replace(/[\\,;]/g, (sign) => `\\${sign}`).replaceAll('\n', '\\n');

/** The booking as a file for calendars (RFC 5545). */
export function calendarFile(booking: Booking, now: string): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Bookpath//EN',
    'BEGIN:VEVENT',
    `UID:${booking.booking_id}@bookpath`,
    `DTSTAMP:${compactUtc(now)}`,
    `DTSTART:${compactUtc(booking.start_time ?? now)}`,
    `DTEND:${compactUtc(booking.end_time ?? booking.start_time ?? now)}`,
    `SUMMARY:${escaped(booking.event_name ?? 'Session')}`,
    ...(booking.join_url ? [`LOCATION:${escaped(booking.join_url)}`] : []),
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return lines.join('\r\n') + '\r\n';
}
