/* The small deal of native_deal.py by hand: 64 paths side by side, one loop over them for each period.
   Every comparison has the tolerance of docs/convention.md 6.2. */
#include <math.h>
#include <stdlib.h>
#define L 64
static inline double least(double a, double b) { return a <= b ? a : b; }
static inline double most(double a, double b) { return a >= b ? a : b; }
static inline double tol(double a, double b) {
  double m = most(fabs(a), fabs(b)) * 1e-9;
  return most(m, 1e-9);
}
static inline double less_than(double a, double b) { return b - a > tol(a, b) ? 1.0 : 0.0; }

void run(long paths, long periods, const double *price, const double *rate, const double *volume, const double *yf,
         double capex, double *out) {
  const double debt = capex * 0.7, sched = debt / 120.0;
  for (long b = 0; b < paths; b += L) {
    double senior[L], loss[L], dsra[L], trapped[L], dscr_min[L], any[L], released_sum[L], short_sum[L], locks[L];
    for (int l = 0; l < L; l++) {
      senior[l] = debt;
      loss[l] = dsra[l] = trapped[l] = any[l] = released_sum[l] = short_sum[l] = locks[l] = 0.0;
      dscr_min[l] = INFINITY;
    }
    for (long t = 0; t < periods; t++) {
      const double *p = price + t * paths + b, *r = rate + t * paths + b;
      const double v = volume[t], y = yf[t];
      const double dep = t <= 96 ? capex / 96.0 : 0.0, scheduled = t < 120 ? sched : 0.0;
#pragma omp simd
      for (int l = 0; l < L; l++) {
        double revenue = p[l] * v;
        double opex = revenue * 0.2 + 1.5;
        double ebitda = revenue - opex;
        double all_in = most(r[l], 0.01) + 0.025;
        double interest = senior[l] * all_in * y;
        double taxable = ebitda - dep - interest;
        double profit = most(taxable, 0.0);
        double used = least(loss[l], profit);
        double added = most(0.0 - taxable, 0.0);
        double loss_end = loss[l] + added - used;
        double tax = 0.25 * (profit - used);
        double cfads = ebitda - tax;
        double due = least(scheduled, senior[l]);
        double service = interest + due;
        double available = most(cfads, 0.0) + dsra[l];
        double interest_paid = least(interest, available);
        double after_interest = available - interest_paid;
        double principal = least(due, after_interest);
        double after_service = after_interest - principal;
        double target = service * 6.0;
        double dsra_end = least(target, after_service);
        double spare = after_service - dsra_end;
        double applies = less_than(0.0, service);
        double over = applies > 0.5 ? service : 1.0;
        double dscr = applies > 0.5 ? cfads / over : 0.0;
        double locked = least(applies, less_than(dscr, 1.1));
        double held = trapped[l] + spare;
        double released = locked > 0.5 ? 0.0 : held;
        double trapped_end = held - released;
        double closing = senior[l] - principal;
        double shortfall = service - interest_paid - principal;
        dscr_min[l] = applies > 0.5 ? least(dscr_min[l], dscr) : dscr_min[l];
        any[l] = applies > 0.5 ? 1.0 : any[l];
        released_sum[l] = released_sum[l] + released;
        short_sum[l] = short_sum[l] + shortfall;
        locks[l] = locked > 0.5 ? locks[l] + 1.0 : locks[l];
        senior[l] = closing; loss[l] = loss_end; dsra[l] = dsra_end; trapped[l] = trapped_end;
      }
    }
    for (int l = 0; l < L; l++) {
      out[0 * paths + b + l] = any[l] > 0.5 ? dscr_min[l] : 0.0;
      out[1 * paths + b + l] = released_sum[l];
      out[2 * paths + b + l] = short_sum[l];
      out[3 * paths + b + l] = locks[l];
      out[4 * paths + b + l] = senior[l];
    }
  }
}
