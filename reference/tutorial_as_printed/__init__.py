"""The tutorial "Unsupervised Learning with Autoencoders" (Jarvers and Hihn, 2019) as it is printed:
its own three models, trained by its own calls of Keras' `fit`.
"""
