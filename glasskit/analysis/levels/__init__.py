"""Level statistics: `gap_ratios` of consecutive levels against random-matrix `curves`, in windows and against N."""
