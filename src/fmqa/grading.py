"""Grading systems: which levels, grades and strengths each one has, what they mean, and what may be compared.

Nothing is converted from one system to another, and a value outside its system is a fault. Sources: EULAR standard
operating procedures (Dougados et al. 2004, Ann Rheum Dis 63:1172); Macfarlane et al. 2017 (Ann Rheum Dis 76:318);
Oxford Centre for Evidence-Based Medicine levels 2009 and 2011; GRADE handbook; ACC/AHA 2015 and 2019; USPSTF grades
2012; SIGN 50; NICE guideline manual; AWMF guidance manual; SORT (Ebell 2004).
"""
