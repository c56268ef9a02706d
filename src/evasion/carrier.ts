/** What a request is made over; a strategy may be about one of them alone. */
export type Carrier = WebCarrier | 'dns';
export type WebCarrier = 'http' | 'https';
