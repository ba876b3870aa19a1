"""Working days in China: weekdays, but for holidays and shifted weekends by each year's notice."""
